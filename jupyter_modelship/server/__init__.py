"""The Jupyter server extension: one route family a file. Nothing else imports the web."""
