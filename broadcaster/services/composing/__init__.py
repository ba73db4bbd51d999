"""A letter and its audiences made into messages: what preview, plan and release share."""
