"""All purchases of one add-on by one workspace: stream `purchase:<workspace>:<add-on>`.

They share a stream because of what must hold over all of them: at most one blocks the next.
"""
