"""The same film by MoviePy, every transition a fade: `python -m tests.benchmarks.with_moviepy TASK`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moviepy import AudioFileClip, VideoFileClip, afx, concatenate_videoclips, vfx

from compiler import plan
from compiler.timeline import Timeline
from echoes.kernel import media_time


def main(task: Mapping[str, Any]) -> None:
    timeline = Timeline.from_json(task["timeline"])
    duration = float(plan.plan(timeline).duration)
    overlap = timeline.transition.frames / timeline.fps
    first, *others = [VideoFileClip(task["sources"][item.source], audio=False) for item in timeline.items]
    faded = [clip.with_effects([vfx.CrossFadeIn(overlap)]) for clip in others]
    film = concatenate_videoclips([first, *faded], method="compose", padding=-overlap)
    if timeline.music:
        out = float(media_time.ticks_to_seconds(timeline.music.fade_out))
        volume = afx.MultiplyVolume(float(timeline.music.gain))
        effects = [afx.AudioLoop(duration=duration), volume, afx.AudioFadeOut(out)]
        film = film.with_audio(AudioFileClip(task["sources"][timeline.music.source]).with_effects(effects))
    film.write_videofile(
        task["out"],
        fps=timeline.fps,
        codec="libx264",
        preset="veryfast",
        audio_codec="aac",
        audio_bitrate="160k",
        audio_fps=48_000,
        pixel_format="yuv420p",
        ffmpeg_params=["-crf", "20", "-movflags", "+faststart"],
        temp_audiofile_path=str(Path(task["out"]).parent),
        logger=None,
    )


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
