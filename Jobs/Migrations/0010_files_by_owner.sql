-- Whose files they are is asked with each upload, which counts them, and before an owner is given back by its tenant.
create index stored_file_by_owner on stored_file (owner_service);
