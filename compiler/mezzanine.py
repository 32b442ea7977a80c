"""Where the mezzanine was looked after until clips had to know it too."""

from echoes.kernel.ffmpeg.mezzanine import (
    Header,
    SourceNotMezzanine,
    check,
    packets,
    parameter_sets,
    picture_stream,
    read,
)

__all__ = ["Header", "SourceNotMezzanine", "check", "packets", "parameter_sets", "picture_stream", "read"]
