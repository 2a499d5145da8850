using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Admin;

/// <summary>What holds between the settings of a caller. Their shape is checked before.</summary>
static class CallerRules
{
    static readonly CallerRole[] OfOwners = [CallerRole.Submit, CallerRole.Read];

    /// <param name="path">Comes before the name of a field in an error; empty, or such as <c>callers[3].</c></param>
    /// <returns>A caller of no use when an error was noted.</returns>
    public static Caller Read(string name, CallerSettings settings, string path, InputErrors errors)
    {
        if (name == Caller.Service.Name)
            errors.Add(path + "name", $"'{name}' is that of AI_SERVICE_TOKEN; another one is expected.");
        if (name == CallerStore.OfFile)
            errors.Add(path + "name", $"'{name}' is that of CALLERS_FILE in the audit; another one is expected.");
        var isOfPlatform = settings.OwnerServices!.Contains(CallerSettings.Every);
        if (isOfPlatform && settings.OwnerServices!.Count > 1)
            errors.Add(path + "owner_services", "holds '*' beside others; it stands alone, for all of them.");
        if (isOfPlatform && settings.Tenant is not null)
            errors.Add(path + "tenant", $"{Shown.Before($"'{settings.Tenant}'")}is not allowed; a caller of all owner services (\"*\") is of no tenant.");
        if (isOfPlatform && settings.MostRunning is not null)
        {
            errors.Add(
                path + "most_running",
                $"{settings.MostRunning} is not allowed; a caller of all owner services (\"*\") names none whose jobs could be counted: PUT /queue/shares/owners/{{owner}} limits an owner.");
        }
        var highest = settings.HighestPriority ?? JobPriority.High;
        // Of priorities the smaller number is the higher.
        var lowestDefault = highest > JobPriority.Normal ? highest : JobPriority.Normal;
        if (settings.DefaultPriority < highest)
            errors.Add(path + "default_priority", $"'{Wire.Word(settings.DefaultPriority.Value)}' is above highest_priority '{Wire.Word(highest)}'.");
        return new Caller
        {
            Name = name,
            Roles = Roles(settings.Roles!, isOfPlatform, path, errors),
            OwnerServices = isOfPlatform ? null : Distinct(settings.OwnerServices!, path + "owner_services", errors),
            TaskTypes = settings.TaskTypes is [CallerSettings.Every] or null ? null : Distinct(settings.TaskTypes, path + "task_types", errors),
            Tenant = settings.Tenant,
            DefaultPriority = settings.DefaultPriority ?? lowestDefault,
            HighestPriority = highest,
            RequestRate = settings.RequestRate,
            MostWaiting = settings.MostWaiting,
            MostRunning = settings.MostRunning,
        };
    }

    static List<CallerRole> Roles(IReadOnlyList<string> words, bool isOfPlatform, string path, InputErrors errors)
    {
        List<CallerRole> roles = [];
        foreach (var (place, word) in words.Index())
        {
            var field = $"{path}roles[{place}]";
            var known = Enum.GetValues<CallerRole>().Where(role => Wire.Word(role) == word).ToList();
            if (known.Count == 0)
                errors.Add(field, $"{Shown.Before($"'{word}'")}is not allowed; {Shown.Allowed(Wire.Words(typeof(CallerRole)))}");
            else if (roles.Contains(known[0]))
                errors.Add(field, $"'{word}' is given twice.");
            else if (!isOfPlatform && !OfOwners.Contains(known[0]))
                errors.Add(field, $"'{word}' is not allowed for a caller of named owner services, as it reaches those of all; {Shown.Allowed(OfOwners.Select(Wire.Word))}");
            roles.AddRange(known);
        }
        return roles;
    }

    static IReadOnlyList<string> Distinct(IReadOnlyList<string> words, string path, InputErrors errors)
    {
        if (words.Distinct(StringComparer.Ordinal).Count() < words.Count)
            errors.Add(path, "names one twice.");
        return words;
    }
}
