namespace AiPlatform.Telemetry.Tests;

/// <summary>What an administrator does once for a user who may not create roles.</summary>
static class TenantRole
{
    public static string GrantTo(string user) => $"""
        do $$ begin create role aiplatform_tenant nologin nobypassrls; exception when duplicate_object or unique_violation then null; end $$;
        grant aiplatform_tenant to {user};
        """;
}
