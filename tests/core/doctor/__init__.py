"""Tests of core.doctor."""
