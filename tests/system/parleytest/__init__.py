"""An independent Parley client, a launcher of whole systems, a load and an audit: what the system tests are written in."""
