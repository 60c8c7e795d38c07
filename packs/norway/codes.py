"""Municipalities whose residents have a supplement (Barnetrygdloven § 10; codes of 2024)."""

SVALBARD = {"2100"}
FINNMARK_AND_NORTH_TROMS = {
    # Finnmark
    "5601", "5603", "5605", "5607", "5610", "5612", "5614", "5616", "5618", "5620", "5622", "5624", "5626",
    "5628", "5630", "5632", "5634", "5636",
    # North Troms: Karlsøy, Lyngen, Storfjord, Kåfjord, Skjervøy, Nordreisa, Kvænangen
    "5534", "5536", "5538", "5540", "5542", "5544", "5546",
}  # fmt: skip
