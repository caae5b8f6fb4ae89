"""What people do in JupyterLab, done by Chromium in a real JupyterLab with the real local target.

Playwright for Python, not JupyterLab's own `galata`: its helpers live in Node's test runner, and
the other half of each test (a deployed service, a kernel, the command line) is Python's already.
"""
