# ruff: noqa: SIM905  names by the dozen read best as running text
"""The customers of Kaski Systems and what they buy. All are made up."""

from random import Random

from goalpost.demo.people import TeamName

_PLACES = {
    TeamName.NORDICS: (
        "Aurland Brekke Brovik Ekholm Falkvik Granlund Hallberg Hovland Isvik Kettil Kivipelto Lindmark "
        "Lumira Malmstad Nordfell Ostervik Pirkkala Polar Raivio Saltholm Solvang Sundby Tallgren "
        "Tindra Vesala"
    ).split(),
    TeamName.BALTICS: (
        "Aidu Daugava Gauja Haapsal Imanta Joosepi Kalnins Kuressaar Lielupe Meriranna Neris Oakalnu Pirita "
        "Rambyn Saarema Tamula Usma Valgesaar Ventas Zemgala"
    ).split(),
    TeamName.DACH: (
        "Alpspitz Bodmer Donautal Elbtor Friesach Gruenwald Hirzel Isarau Jurablick Kahlenberg Lindauer "
        "Moselhof Neckarau Oberwald Pilatus Rheinau Spreebogen Tannheim Uetli Zillertal"
    ).split(),
}
_TRADES = (
    "Clinics Logistics Dairy Timber Hotels Marine Foods Tools Electric Steel Travel Media Motors Seafood "
    "Water Print Dental Shipping Farms Energy Textiles Robotics Pharmacy Schools Optics"
).split()
_NEW = (
    "planning suite;scheduling rollout;service desk;front desk;starter plan;team plan;field app;metering;"
    "yard planning;pilot to group;analytics seats;fleet tracking;stock control;shift planner;quality log"
).split(";")
_MORE = (
    "second site;more seats;three-year renewal;fleet add-on;reporting add-on;premium support;"
    "extra licences;data export add-on;group upgrade;onboarding package"
).split(";")
_CUSTOMERS_EACH = 150


class Market:
    """Each team's customers; a few of them buy far more often than the rest."""

    def __init__(self, random: Random) -> None:
        self._customers = {
            team: random.sample(
                [f"{place} {trade}" for place in places for trade in _TRADES], _CUSTOMERS_EACH
            )
            for team, places in _PLACES.items()
        }

    def customer(self, random: Random, team: TeamName) -> str:
        customers = self._customers[team]
        return customers[int(len(customers) * random.random() ** 1.6)]


def project(random: Random, *, is_expansion: bool) -> str:
    """Return what a deal is about."""
    return random.choice(_MORE if is_expansion else _NEW)
