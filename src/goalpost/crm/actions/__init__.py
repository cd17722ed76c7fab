"""The only writer of deals, activities and the rules they count by.

Each action is one transaction that ends in the ledger; large imports
go through `crm.bulk`, under the same book.
"""
