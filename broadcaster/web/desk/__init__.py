"""The staff's web pages, below `/desk`: one file for each thing that people come for.

Every route says which deed it is (`needs`), and `guard` stands before all of them: nobody gets further who has not
signed in, may not do that, or sends a form that is not of one of our pages. Handlers ask a service and show what it
answers; no rule lives in a page, and no page touches the ledger.
"""

from broadcaster.web.desk.router import create_desk_router

__all__ = ["create_desk_router"]
