"""What EHRs really send, as cases that any CDS Hooks service can be asked."""
