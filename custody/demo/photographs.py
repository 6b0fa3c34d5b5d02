"""Turns a picture into a JPEG file, with what a telephone notes beside it. Draws nothing."""

from datetime import datetime
from io import BytesIO

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

# The open North Sea: nobody's home or hotel can be mistaken for the place of a made-up photograph.
_LATITUDE = (54, 30, 7.2)
_LONGITUDE = (3, 0, 11.9)


def jpeg(image: Image.Image, quality: int, exif: Image.Exif | None = None) -> bytes:
    """The file's bytes; `quality` is Pillow's, 1 to 95."""
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, **({"exif": exif} if exif is not None else {}))
    return out.getvalue()


def camera_notes(at: datetime) -> Image.Exif:
    """What a telephone writes beside a photograph taken at `at`, in UTC (Exif 2.32, sections 4.6.4 to 4.6.6)."""
    base, gps = ExifTags.Base, ExifTags.GPS
    taken = f"{at:%Y:%m:%d %H:%M:%S}"
    exif = Image.Exif()
    exif[base.Make] = "Example"
    exif[base.Model] = "Example Pocket One"
    exif[base.Software] = "Example Camera 4.1"
    exif[base.Orientation] = 1
    exif[base.DateTime] = taken
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            base.ExifVersion: b"0232",
            base.DateTimeOriginal: taken,
            base.DateTimeDigitized: taken,
            base.OffsetTimeOriginal: "+00:00",
            base.ExposureTime: IFDRational(1, 30),
            base.FNumber: IFDRational(18, 10),
            base.ISOSpeedRatings: 640,
            base.FocalLength: IFDRational(425, 100),
            base.Flash: 0,
            base.ExifImageWidth: 1600,
            base.ExifImageHeight: 1200,
        }
    )
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            gps.GPSVersionID: b"\x02\x03\x00\x00",
            gps.GPSLatitudeRef: "N",
            gps.GPSLatitude: tuple(IFDRational(round(part * 100), 100) for part in _LATITUDE),
            gps.GPSLongitudeRef: "E",
            gps.GPSLongitude: tuple(IFDRational(round(part * 100), 100) for part in _LONGITUDE),
            gps.GPSDateStamp: f"{at:%Y:%m:%d}",
            gps.GPSTimeStamp: tuple(IFDRational(part, 1) for part in (at.hour, at.minute, at.second)),
        }
    )
    return exif
