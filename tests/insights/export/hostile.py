"""Text that tries to be something else: formulas, markup, directions of writing, or too much."""

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://evil.example","Click")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\x0b=1+1",
    "\x00=1+1",
    "\ufeff=1+1",
    "\u200b\u3000=1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(A1)",
    '"=1+1',
    "x;=1+1",
    "x\t@SUM(A1)",
    "x, y\n+z",
    'x";"=1+1',
]

TEXTS = [
    "<script>alert(1)</script>",
    "</title><img src=http://127.0.0.1:9/x onerror=alert(1)>",
    '#import "@preview/x:1.0.0": *',
    '#read("/etc/passwd") $x^2$ *bold* _it_ `raw` \\u{41} @ref <label> // gone /* gone */',
    ']; #panic("out") [',
    "\u202egnp.exe\u202c and \u2067\u05e9\u05dc\u05d5\u05dd\u2069 مرحبا",
    "👩‍👩‍👧‍👦 🏆 Åsa & Øystein's \u201cgoal\u201d",
    "目標 목표 เป้าหมาย",
    "a\u0000b\u0007c\u001bd",
    "line one\nline two\r\nline three\u2028four",
    "_x0041_ &amp; &#65; ]]> %s {0} {{ x }} {% x %}",
    "x" * 10_000,
    "word " * 2_000,
]

HOSTILE = [*FORMULAS, *TEXTS]
