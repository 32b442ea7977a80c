"""The house band behind `providers.local.music`: harmony, form, melody, figures, voices, mixing desk."""
