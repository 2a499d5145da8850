using AiPlatform.Jobs.Index;

namespace AiPlatform.Jobs.Tests;

public sealed class QueueKeysTests
{
    const long LastExact = (1L << 44) - 1;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Neighbours_in_the_order_of_submission_have_different_scores_up_to_the_last_one(short priority)
    {
        foreach (var seq in (long[])[1, 2, 1_000_000, (1L << 43) + 1, LastExact])
        {
            Assert.True(QueueKeys.Score(priority, seq - 1) < QueueKeys.Score(priority, seq), $"priority {priority}, {seq}");
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(3, 5)]
    public void The_last_job_of_a_priority_is_before_the_first_of_the_next(short higher, short lower) =>
        Assert.True(QueueKeys.Score(higher, LastExact) < QueueKeys.Score(lower, 0));

    [Fact]
    public void A_score_is_a_whole_number_that_says_priority_and_sequence()
    {
        var score = QueueKeys.Score(5, LastExact);
        Assert.Equal((5, LastExact), ((long)score >> 44, (long)score & LastExact));
    }
}
