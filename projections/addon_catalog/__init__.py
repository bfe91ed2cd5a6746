"""The add-ons that are for sale, and which purchase keeps a workspace from buying one."""
