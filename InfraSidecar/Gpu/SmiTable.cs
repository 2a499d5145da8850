namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>
/// The output of <c>nvidia-smi --format=csv</c>: the rows under the header, and every other line. nvidia-smi quotes nothing, mixes warnings into
/// the table and writes what it knows of the healthy cards beside the error of a lost one.
/// </summary>
sealed record SmiTable(IReadOnlyList<SmiRow> Rows, IReadOnlyList<string> Remarks)
{
    /// <param name="text">The output.</param>
    /// <param name="firstColumn">The first column asked for: it tells the header from the lines before it.</param>
    /// <param name="freeColumn">A column whose text may contain commas; null when none does.</param>
    public static SmiTable Parse(string text, string firstColumn, int? freeColumn = null)
    {
        string[]? header = null;
        List<SmiRow> rows = [];
        List<string> remarks = [];
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var cells = line.Split(',', StringSplitOptions.TrimEntries);
            if (header is null && Unit.Strip(cells[0]) == firstColumn)
                header = cells;
            else if (header is not null && Fit(cells, header.Length, freeColumn) is { } row)
                rows.Add(new SmiRow(header, row));
            else
                remarks.Add(line);
        }
        return new SmiTable(rows, remarks);
    }

    static string[]? Fit(string[] cells, int columns, int? freeColumn)
    {
        if (cells.Length == columns)
            return cells;
        if (cells.Length < columns || freeColumn is not { } free)
            return null;
        var end = free + 1 + cells.Length - columns;
        return [.. cells[..free], string.Join(", ", cells[free..end]), .. cells[end..]];
    }
}
