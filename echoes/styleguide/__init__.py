"""The page where the look is decided: every component in every state, in both themes, by the real templates.

It asks the database for nothing: what stands on it is made up (`samples`).
"""
