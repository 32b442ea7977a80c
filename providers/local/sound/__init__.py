"""The house band: harmony and form, melody, figures, voices and the mixing desk behind `providers.local.music`."""
