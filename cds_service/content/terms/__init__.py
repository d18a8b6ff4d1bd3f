"""Value sets, staging systems and topics: how codes and words are understood."""
