namespace AiPlatform.ModelSimulator.Engine;

sealed partial class BatchEngine
{
    /// <summary>Does everything that is due now and sets the timer for what comes next.</summary>
    void Advance_NeedsLock()
    {
        var now = time.GetTimestamp();
        Admit_NeedsLock(now);
        var next = NextStepAt_NeedsLock();
        while (next <= now)
        {
            lastStep = now - next > Ticks(MaxCatchUp) ? now : next;
            Step_NeedsLock(now);
            Admit_NeedsLock(now);
            next = NextStepAt_NeedsLock();
        }

        // Rounded up: a timer that fires a fraction of a millisecond early would spin until the step is due.
        if (next != long.MaxValue)
            timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(time.GetElapsedTime(now, next).TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    void Admit_NeedsLock(long now)
    {
        while (running.Count < options.MaxRunning && waiting.First is { Value: var sequence } && kv.TryHold(sequence, TokensToAdmit(sequence)))
        {
            waiting.RemoveFirst();
            sequence.Enter(SequenceState.Running);
            sequence.Admitted ??= now;
            sequence.NextDue = now + firstTokenTicks;
            if (sequence.Generated == 0)
                sequence.NextDue = After(sequence.NextDue, sequence.Plan.FirstTokenDelay);
            if (sequence.Generated == 0 && sequence.Plan.StallAfter == 0)
                sequence.NextDue = After(sequence.NextDue, sequence.Plan.StallFor);
            running.Add(sequence);
        }
    }

    // Without step time a step gives all tokens, so their blocks are taken at once: a step that found too few would admit and preempt for ever.
    int TokensToAdmit(Sequence sequence) =>
        sequence.Plan.PromptTokens + (stepTicks == 0 ? sequence.Plan.AnswerTokens : sequence.Generated + 1);

    /// <summary>A step starts when the last one has taken its time and some sequence can get a token.</summary>
    long NextStepAt_NeedsLock()
    {
        var due = long.MaxValue;
        foreach (var sequence in running)
            due = Math.Min(due, sequence.NextDue);
        return due == long.MaxValue ? due : Math.Max(due, lastStep + StepTicks_NeedsLock());
    }

    long StepTicks_NeedsLock() => options.MaxRunning == 1
        ? stepTicks
        : (long)(stepTicks * (1 + ((options.LoadFactor - 1) * (running.Count - 1) / (options.MaxRunning - 1))));

    void Step_NeedsLock(long now)
    {
        var tokens = 0;
        for (var index = 0; index < running.Count; index++)
        {
            var sequence = running[index];
            if (sequence.NextDue > now)
                continue;
            var count = TokensOfStep(sequence);
            if (!Hold_NeedsLock(sequence, count, ref index))
                continue;
            tokens += count + (sequence.FirstToken is null ? sequence.Plan.PromptTokens : 0);
            metrics.Generated(sequence, count, now);
            sequence.AddTokens(count, now);
            sequence.NextDue = DueAfterToken(sequence, now);
            if (sequence.Generated < sequence.Plan.AnswerTokens)
                continue;
            End_NeedsLock(sequence, sequence.Plan.Finish);
            index--;
        }

        metrics.Stepped(tokens);
    }

    int TokensOfStep(Sequence sequence)
    {
        if (stepTicks > 0 || sequence.Plan.TokenDelay > TimeSpan.Zero)
            return Math.Min(1, sequence.Plan.AnswerTokens);
        var until = sequence.Plan.StallAfter is { } stall && stall > sequence.Generated
            ? Math.Min(stall, sequence.Plan.AnswerTokens)
            : sequence.Plan.AnswerTokens;
        return until - sequence.Generated;
    }

    long DueAfterToken(Sequence sequence, long now) =>
        sequence.Generated == sequence.Plan.StallAfter ? After(now, sequence.Plan.StallFor)
        : sequence.Plan.TokenDelay > TimeSpan.Zero ? After(now, sequence.Plan.TokenDelay)
        : 0;

    /// <summary>Into the line by priority, then by arrival: at its end, unless it was preempted or comes before others by priority.</summary>
    void Queue_NeedsLock(Sequence sequence)
    {
        var before = waiting.Last;
        while (before is not null && IsAfter(before.Value, sequence))
            before = before.Previous;
        if (before is null)
            waiting.AddFirst(sequence.Place);
        else
            waiting.AddAfter(before, sequence.Place);
    }

    static bool IsAfter(Sequence one, Sequence other) =>
        one.Plan.Priority != other.Plan.Priority ? one.Plan.Priority > other.Plan.Priority : one.Arrived > other.Arrived;

    /// <summary>The last admitted one of the lowest priority.</summary>
    int Victim_NeedsLock()
    {
        var victim = running.Count - 1;
        for (var index = victim - 1; index >= 0; index--)
        {
            if (running[index].Plan.Priority > running[victim].Plan.Priority)
                victim = index;
        }

        return victim;
    }

    /// <summary>Makes room by preempting the last sequence in order, which may be this one; then it gets no token in this step.</summary>
    bool Hold_NeedsLock(Sequence sequence, int count, ref int index)
    {
        while (!kv.TryHold(sequence, sequence.Plan.PromptTokens + sequence.Generated + count))
        {
            var place = Victim_NeedsLock();
            var victim = running[place];
            running.RemoveAt(place);
            if (place <= index)
                index--;
            kv.Free(victim);
            victim.Enter(SequenceState.Waiting);
            Queue_NeedsLock(victim);
            metrics.Preempted();
            if (victim == sequence)
                return false;
        }

        return true;
    }

    void End_NeedsLock(Sequence sequence, FinishReason finish)
    {
        if (sequence.State == SequenceState.Waiting)
            waiting.Remove(sequence.Place);
        else
            running.Remove(sequence);
        kv.Free(sequence);
        var now = time.GetTimestamp();
        metrics.Finished(sequence, finish, now);
        sequence.End(finish, now);
    }
}
