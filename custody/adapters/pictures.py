"""Makes small pictures of images with Pillow. Believes no image: what is large, or cannot be read, gives none."""

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Final

from custody.ports import SmallPicture

if TYPE_CHECKING:
    from PIL import Image

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "TIFF")  # by their content; Pillow reads many more, some by programs
MAX_PIXELS: Final = 64_000_000  # of the image, decoded: 200 MB; a small file may claim any number
SIDE: Final = 240  # pixels of the longer side
BLURRED_SIDE: Final = 8  # pixels to which a picture is reduced before it is enlarged again: no face is left in these
QUALITY: Final = 75


class PillowPictures:
    """The port Pictures."""

    def small(self, data: bytes, *, blurred: bool) -> SmallPicture | None:
        """The first picture of an image file, upright or not as it was stored, on white where it is transparent."""
        from PIL import Image

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of damaged metadata, which is not looked at
                with Image.open(BytesIO(data), formats=FORMATS) as image:
                    if image.width * image.height > MAX_PIXELS or not image.width or not image.height:
                        return None
                    image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded no larger than needed
                    return _small(image, blurred=blurred)
        # Decoders of many formats, on bytes of strangers: whatever one of them raises, there is no picture.
        except Exception:  # noqa: BLE001
            return None


def _small(image: "Image.Image", *, blurred: bool) -> SmallPicture:
    from PIL import Image

    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    shown = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        shown.paste(layer, mask=layer)
    else:
        shown.paste(image.convert("RGB"))
    if blurred:
        size = shown.size
        shown.thumbnail((BLURRED_SIDE, BLURRED_SIDE), Image.Resampling.BOX)
        shown = shown.resize(size, Image.Resampling.BILINEAR)
    output = BytesIO()
    shown.save(output, "JPEG", quality=QUALITY)  # of a new image: nothing that came with the file goes along
    return SmallPicture(output.getvalue(), shown.width, shown.height)
