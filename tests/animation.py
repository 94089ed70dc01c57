"""An animation made of screenshots, each with a caption."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1024
"""Pixels; the height follows from the screenshots."""

CAPTION = 64
"""Pixels of the strip with the caption, above the picture: readers see it first."""

BACKGROUND, FOREGROUND = "#714b67", "#ffffff"


@dataclass(frozen=True)
class Frame:
    """A picture of an animation.

    :param str name: of the screenshot, without extension
    :param int step: number of the step that it shows
    :param str caption: what happens
    :param float seconds: how long it is shown
    """

    name: str
    step: int
    caption: str
    seconds: float


def build_animation(frames: list[Frame], folder: Path, target: Path) -> None:
    """Write an animated PNG (APNG) that repeats forever. Programs that know only PNG show its first picture.

    :param frames: the pictures in their order
    :param folder: of the screenshots
    """
    pictures = [_draw(frame, folder) for frame in frames]
    durations = [round(1000 * frame.seconds) for frame in frames]
    first, others = pictures[0], pictures[1:]
    first.save(
        target, format="PNG", save_all=True, append_images=others, duration=durations, loop=0, optimize=True,
        default_image=False,
    )  # fmt: skip


def _draw(frame: Frame, folder: Path) -> Image.Image:
    with Image.open(folder / f"{frame.name}.png") as screenshot:
        height = round(screenshot.height * WIDTH / screenshot.width)
        small = screenshot.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
    picture = Image.new("RGB", (WIDTH, CAPTION + height), BACKGROUND)
    picture.paste(small, (0, CAPTION))
    pen, middle = ImageDraw.Draw(picture), CAPTION // 2
    pen.ellipse((24, middle - 20, 64, middle + 20), fill=FOREGROUND)
    pen.text((44, middle), str(frame.step), fill=BACKGROUND, font=ImageFont.load_default(26), anchor="mm")
    pen.text((80, middle), frame.caption, fill=FOREGROUND, font=ImageFont.load_default(26), anchor="lm")
    return picture
