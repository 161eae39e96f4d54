#!/bin/sh
# Sees that a Chromium is there for the browser tests, in this order: one on the path; the system's
# package, with Chinese fonts, where this is root and apt exists; the one Playwright brings along.
# Usage: BIN=.venv/bin sh tools/browser.sh
set -eu
BIN="${BIN:-.venv/bin}"

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then
        echo "browser: $(command -v "$name")"
        exit 0
    fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "browser: installing chromium and Chinese fonts with apt"
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk; then
        exit 0
    fi
    echo "browser: apt could not install it, trying Playwright's"
fi

echo "browser: installing Playwright's chromium"
exec "$BIN/playwright" install chromium
