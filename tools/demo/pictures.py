#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the pictures that read_text reads in the demo: pictures.py DIRECTORY

Each is one line of text in a font that comes with Debian; some are upside down, which
the classifier has to notice. DIRECTORY/expected names the pictures and their texts.
"""

import os
import sys

from PIL import Image, ImageDraw, ImageFont

FONTS = "/usr/share/fonts/truetype/dejavu/"
PICTURES = [
    # text, font, size, colours, upside down
    ("genpu 2026", "DejaVuSans.ttf", 40, ("black", "white"), False),
    ("Hello, NPU", "DejaVuSans-Bold.ttf", 36, ("white", "navy"), False),
    ("Open Hardware", "DejaVuSerif.ttf", 44, ("black", "ivory"), True),
    ("4096 streams", "DejaVuSans.ttf", 32, ("darkred", "white"), True),
]


def picture(text, font, size, colours, upside_down):
    """One line of text with a margin around it"""
    font = ImageFont.truetype(FONTS + font, size)
    left, upper, right, lower = font.getbbox(text)
    margin = size // 4
    image = Image.new("RGB", (right - left + 2 * margin, lower - upper + 2 * margin), colours[1])
    ImageDraw.Draw(image).text((margin - left, margin - upper), text, colours[0], font)
    return image.rotate(180) if upside_down else image


def main():
    """Writes them all"""
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    with open(directory + "/expected", "w", encoding="utf-8") as expected:
        for number, (text, *how) in enumerate(PICTURES, 1):
            name = f"line{number}.png"
            picture(text, *how).save(f"{directory}/{name}")
            expected.write(f"{name}\t{text}\n")


main()
