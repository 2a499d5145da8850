namespace AiPlatform.Contracts;

/// <summary>Fields of the value that are required elsewhere may be left out here: they are completed from each other, and checked then.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PartialAttribute : Attribute;
