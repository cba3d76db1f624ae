// One canvas under the whole view: painted where the map comes to rest, moved and scaled as a picture.
// A canvas of its own for each tile, or an element for each mark, is a layer of its own for the
// browser; dozens of them make moving the map slow where no graphics card helps.

/**
 * Options: `paint(context, box)` draws in points of the map's pane; `pane`; `padding`, how much
 * more than the view is painted, as a share of it; `opaque`, whether all of it is painted;
 * `paperDots`, how many dots a pixel has on paper.
 */
export const Sheet = L.Renderer.extend({
  options: { padding: 0.2, opaque: false, paperDots: 1, className: "" },

  getEvents() {
    return { ...L.Renderer.prototype.getEvents.call(this), move: this._follow };
  },

  _initContainer() {
    this._container = L.DomUtil.create("canvas", `sheet ${this.options.className}`);
    this._context = this._container.getContext("2d", { alpha: !this.options.opaque });
    this._print = ({ type }) => {
      this._isOnPaper = type === "beforeprint";
      this._update();
    };
    for (const name of ["beforeprint", "afterprint"]) addEventListener(name, this._print);
  },

  _destroyContainer() {
    for (const name of ["beforeprint", "afterprint"]) removeEventListener(name, this._print);
    this._container.remove();
    delete this._container;
  },

  /** Lie on whole pixels: the renderer's own way leaves parts of one, and a blur. */
  _reset() {
    this._update();
  },

  getElement() {
    return this._container;
  },

  /** Paint anew where the map is dragged past what is painted. */
  _follow() {
    if (this._map._animatingZoom) return;
    const min = this._map.containerPointToLayerPoint([0, 0]);
    if (!this._bounds.contains(L.bounds(min, min.add(this._map.getSize())))) this._update();
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const { min } = this._bounds;
    const size = this._bounds.getSize();
    this._ratio = Math.max(devicePixelRatio, this._isOnPaper ? this.options.paperDots : 1);
    const [width, height] = [Math.round(size.x * this._ratio), Math.round(size.y * this._ratio)];
    if (this._container.width !== width || this._container.height !== height) {
      this._container.width = width;
      this._container.height = height;
      this._container.style.width = `${size.x}px`;
      this._container.style.height = `${size.y}px`;
    }
    L.DomUtil.setPosition(this._container, min);
    this.repaint();
  },

  /** Paint all that lies on the sheet. */
  repaint() {
    if (!this._container || this._map._animatingZoom) return;
    this.paintWith((context) => {
      const { min } = this._bounds;
      const size = this._bounds.getSize();
      context.clearRect(min.x, min.y, size.x, size.y);
      this.options.paint(context, this._bounds);
    });
  },

  /** Add to what is painted. */
  paintWith(paint) {
    const { min } = this._bounds;
    this._context.setTransform(this._ratio, 0, 0, this._ratio, -min.x * this._ratio, -min.y * this._ratio);
    paint(this._context);
  },
});
