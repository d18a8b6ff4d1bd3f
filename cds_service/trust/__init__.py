"""Who may call: registered clients, their keys and their tokens; refuses to know HTTP servers."""
