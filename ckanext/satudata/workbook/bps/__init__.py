"""MS-Keg, MS-Ind and MS-Var as BPS writes them: its paper forms in XLSX, its payloads in JSON."""
