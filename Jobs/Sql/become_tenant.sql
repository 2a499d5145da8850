-- For the rest of the transaction nothing is seen but what is a tenant's, whatever is asked for. The role and the setting end with it.
-- In: $1 tenant text. Out: one row without a meaning. Locks: none.
select set_config('role', 'aiplatform_tenant', true), set_config('aiplatform.tenant', $1, true)
