"""Commands on the way of a campaign to its approval: `preview`, `plan`, `submit`, `approve`, `reject`, `call-off`."""
