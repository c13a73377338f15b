"""Measurements of Finetune Lab against other ways of doing the same. No part of the installed package, and no tests."""
