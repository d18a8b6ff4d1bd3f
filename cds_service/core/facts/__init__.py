"""The facts that a card may ask for; `cards/facts.yaml` says what each means."""
