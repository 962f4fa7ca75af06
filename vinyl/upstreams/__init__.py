"""Every call to an outside service, and nothing else.

One module (or package) per service turns endpoints into methods and answers into frozen
dataclasses. They all go through `door.call`, which keeps budgets, deadlines, host lists, the
breaker and the request log. `terms` says what may be done with what came back.

Layers, each importing only those to its left:
errors, reading, valkey <- registry, terms <- budget, breaker, memory, request_log, health
<- transport, door <- the clients.
"""
