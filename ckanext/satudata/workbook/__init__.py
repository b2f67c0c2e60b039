"""Metadata in workbooks: templates to fill, their preview and import, and the layouts of BPS."""
