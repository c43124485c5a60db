"""Filters of the web portal's pages."""

from __future__ import annotations

from django import template

from portal.pages.lifecycle import in_words

register = template.Library()
register.filter("in_words", in_words)
