"""The tools, one module a toolbox; every @tool in here is published."""
