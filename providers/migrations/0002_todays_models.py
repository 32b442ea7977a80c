"""The models of November 2026, with what was known of them. Staff change them from here on.

Prices of services are dollars as a public table had them, and are only used where a service does not say itself
what it asked; what people pay is in credits for each started five seconds.
"""

from datetime import date

from django.db import migrations

ALL_SHAPES = ["16:9", "9:16", "1:1", "4:5"]
WIDE_AND_TALL = ["16:9", "9:16"]
ENGLISH = ["en"]
GPT_6 = {"reasoning": {"effort": "none"}}

# slug, capability, provider, wire, title, note, and what differs from the start values
MODELS = [
    ("local", "motion", "local", "camera", "Camera move", "Made on this machine", {"position": 1}),
    ("local-music", "music", "local", "composer", "House composer", "Written and played on this machine", {"position": 90, "expected_seconds": 8}),
    ("local-writer", "writer", "local", "rules", "House writer", "By rules, on this machine", {"position": 90}),
    ("local-eyes", "eyes", "local", "measure", "House eyes", "Measures faces, colours and light here", {"position": 90}),
    ("local-cutout", "cutout", "local", "grabcut", "House scissors", "Cuts out on this machine", {"position": 90, "expected_seconds": 3}),
    ("local-moderation", "moderation", "local", "open-nsfw", "House moderation", "Judges pictures on this machine", {"position": 90}),
    ("runway-gen4-turbo", "motion", "runway", "gen4_turbo", "Runway Gen-4 Turbo", "Quick, and keeps faces", {"lengths": [2, 3, 4, 5, 6, 7, 8, 9, 10], "aspects": ALL_SHAPES, "prompt_unit": "utf16", "unit": "second", "usd": "0.05", "expected_seconds": 45, "position": 20}),
    ("runway-gen45", "motion", "runway", "gen4.5", "Runway Gen-4.5", "The most natural of Runway's", {"lengths": [2, 3, 4, 5, 6, 7, 8, 9, 10], "aspects": ALL_SHAPES, "prompt_unit": "utf16", "prompt_needed": True, "unit": "second", "usd": "0.12", "expected_seconds": 90, "position": 30}),
    ("runway-veo31-fast", "motion", "runway", "veo3.1_fast", "Veo 3.1 Fast", "Rich motion", {"lengths": [4, 6, 8], "aspects": WIDE_AND_TALL, "prompt_unit": "utf16", "unit": "second", "usd": "0.15", "expected_seconds": 75, "position": 50}),
    ("runway-veo31", "motion", "runway", "veo3.1", "Veo 3.1", "The richest motion, and the dearest", {"lengths": [4, 6, 8], "aspects": WIDE_AND_TALL, "prompt_unit": "utf16", "unit": "second", "usd": "0.40", "expected_seconds": 120, "position": 60}),
    ("runway-kling25", "motion", "runway", "kling2.5_turbo_pro", "Kling 2.5 Turbo", "Lively people", {"lengths": [5, 10], "prompt_limit": 1000, "prompt_needed": True, "unit": "second", "usd": "0.10", "expected_seconds": 90, "position": 70, "is_on": False}),
    ("runway-seedance2-mini", "motion", "runway", "seedance2_mini", "Seedance 2 Mini", "Smooth camera", {"lengths": [5, 10], "aspects": ALL_SHAPES, "prompt_limit": 3500, "unit": "second", "usd": "0.16", "expected_seconds": 90, "position": 80, "is_on": False}),
    ("wan-22-fast", "motion", "replicate", "wan-video/wan-2.2-i2v-fast", "Wan 2.2 Fast", "The cheapest, good for landscapes", {"lengths": [5, 6, 7], "prompt_needed": True, "options": {"resolution": "720p"}, "unit": "second", "usd": "0.012", "expected_seconds": 50, "position": 10}),
    ("hailuo-23", "motion", "replicate", "minimax/hailuo-2.3", "Hailuo 2.3", "Expressive faces", {"lengths": [6, 10], "prompt_limit": 2000, "prompt_needed": True, "options": {"resolution": "768p"}, "unit": "second", "usd": "0.06", "expected_seconds": 120, "position": 40}),
    ("seedance-15-pro", "motion", "replicate", "bytedance/seedance-1.5-pro", "Seedance 1.5 Pro", "Smooth camera", {"lengths": [5, 10], "aspects": ["16:9", "9:16", "1:1"], "prompt_limit": 2000, "prompt_needed": True, "unit": "second", "usd": "0.06", "expected_seconds": 90, "position": 45}),
    ("kling-21", "motion", "replicate", "kwaivgi/kling-v2.1", "Kling 2.1", "Lively people", {"lengths": [5, 10], "prompt_limit": 2000, "prompt_needed": True, "options": {"mode": "standard"}, "unit": "second", "usd": "0.05", "expected_seconds": 150, "position": 48}),
    ("replicate-veo31-fast", "motion", "replicate", "google/veo-3.1-fast", "Veo 3.1 Fast (Replicate)", "Rich motion", {"lengths": [4, 6, 8], "aspects": WIDE_AND_TALL, "prompt_needed": True, "options": {"resolution": "720p"}, "unit": "second", "usd": "0.40", "expected_seconds": 90, "position": 55, "is_on": False}),
    ("flux-schnell", "image", "replicate", "black-forest-labs/flux-schnell", "FLUX schnell", "Quick drafts", {"prompt_limit": 2000, "prompt_needed": True, "unit": "image", "usd": "0.003", "expected_seconds": 3, "position": 10}),
    ("flux-dev", "image", "replicate", "black-forest-labs/flux-dev", "FLUX dev", "Fine pictures", {"prompt_limit": 2000, "prompt_needed": True, "unit": "image", "usd": "0.025", "expected_seconds": 8, "position": 20}),
    ("flux-canny-pro", "image", "replicate", "black-forest-labs/flux-canny-pro", "FLUX Canny", "Keeps the edges of a picture", {"prompt_limit": 2000, "prompt_needed": True, "unit": "image", "usd": "0.05", "expected_seconds": 12, "position": 40}),
    ("flux-kontext-pro", "image", "replicate", "black-forest-labs/flux-kontext-pro", "FLUX Kontext", "Changes a picture by words", {"prompt_limit": 2000, "prompt_needed": True, "unit": "image", "usd": "0.04", "expected_seconds": 10, "position": 30}),
    ("gpt-image", "image", "openai", "gpt-image-2.5-flare", "GPT Image", "Follows words closely", {"prompt_limit": 32000, "prompt_needed": True, "options": {"quality": "medium"}, "unit": "image", "usd": "0.06", "token_prices": {"input": 5, "image_input": 8, "output": 30}, "expected_seconds": 40, "position": 25}),
    ("musicgen", "music", "replicate", "meta/musicgen:671ac645ce5e552cc63a54a2bbff63fcf798043055d2dac5fc9e36a837eedcfb", "MusicGen", "Music from words", {"prompt_limit": 500, "options": {"model_version": "stereo-large"}, "lengths": [10, 20, 30], "unit": "run", "usd": "0.10", "expected_seconds": 70, "position": 20}),
    ("gpt-writer", "writer", "openai", "gpt-6-luna", "GPT-6 Luna", "Writes and translates", {"prompt_limit": 8000, "options": GPT_6, "unit": "run", "usd": "0.001", "token_prices": {"input": 0.10, "cached": 0.01, "output": 0.50}, "expected_seconds": 3, "position": 10}),
    ("gpt-eyes", "eyes", "openai", "gpt-6-luna", "GPT-6 Luna", "Sees what a picture shows", {"prompt_limit": 8000, "options": GPT_6, "unit": "run", "usd": "0.001", "token_prices": {"input": 0.10, "cached": 0.01, "output": 0.50}, "expected_seconds": 4, "position": 10}),
    ("gpt-ears", "ears", "openai", "gpt-transcribe", "GPT Transcribe", "Hears speech", {"unit": "minute", "usd": "0.0045", "expected_seconds": 10, "position": 10}),
    ("whisper", "ears", "replicate", "openai/whisper:8099696689d249cf8b122d833c36ac3f75505c666a395ca40ef26f68e7d3d16e", "Whisper", "Says when each word was said", {"unit": "run", "usd": "0.01", "expected_seconds": 20, "position": 20}),
    ("openai-moderation", "moderation", "openai", "omni-moderation-latest", "OpenAI moderation", "Judges words", {"unit": "run", "usd": "0", "expected_seconds": 1, "position": 10}),
    ("bria-cutout", "cutout", "replicate", "bria/remove-background", "Bria cut-out", "Clean edges, hair too", {"unit": "run", "usd": "0.018", "expected_seconds": 6, "position": 10}),
    ("851-cutout", "cutout", "replicate", "851-labs/background-remover:a029dff38972b5fda4ec5d75d7d1cd25aeff621d2cf4946a41055d7db66b80bc", "Background remover", "Cheap cut-outs", {"unit": "run", "usd": "0.001", "expected_seconds": 5, "position": 20}),
]
# Credits for each started five seconds.
PRICES = {
    "wan-22-fast": 1,
    "runway-gen4-turbo": 2,
    "runway-gen45": 4,
    "hailuo-23": 2,
    "seedance-15-pro": 2,
    "kling-21": 2,
    "runway-veo31-fast": 5,
    "runway-veo31": 12,
    "runway-kling25": 3,
    "runway-seedance2-mini": 5,
    "replicate-veo31-fast": 12,
}
# Seen in November 2026.
RETIRES: dict[str, date] = {}


def fill(apps, schema_editor):
    """Leave alone what is there already."""
    model, price = apps.get_model("providers", "Model"), apps.get_model("billing", "Price")
    for slug, capability, provider, wire, title, note, more in MODELS:
        fields = {"capability": capability, "provider": provider, "wire": wire, "title": title, "note": note}
        model.objects.get_or_create(slug=slug, defaults={**fields, **more, "retires_on": RETIRES.get(slug)})
    for slug, credits in PRICES.items():
        price.objects.get_or_create(model=slug, defaults={"credits": credits})


class Migration(migrations.Migration):
    dependencies = [
        ("providers", "0001_models"),
        ("billing", "0002_expected_costs"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
