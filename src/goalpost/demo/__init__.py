"""Kaski Systems: a sample company with two years of sales, made anew on any day and the same all day long.

The story comes first (`people`, `deals`, `activities`: plain values from one seeded generator). Then it is
written: what is long past by the thousand (`past`), the last two weeks edit by edit (`fortnight`), so that
the ledger has a history worth reading. Goals come last (`goals`), with targets that suit what was sold.
"""

from goalpost.demo.company import DemoCompany, SignIn, build

__all__ = ["DemoCompany", "SignIn", "build"]
