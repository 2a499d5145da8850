namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a dashboard shows the command; LocalAspire has none and only runs it.</summary>
public class CommandOptions
{
    public string? Description { get; set; }

    public string? ConfirmationMessage { get; set; }

    public string? IconName { get; set; }

    public bool IsHighlighted { get; set; }
}
