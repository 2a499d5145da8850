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
        while (running.Count < options.MaxRunning && waiting.First is { Value: var sequence } && kv.TryEnter(sequence, TokensToAdmit(sequence)))
        {
            waiting.RemoveFirst();
            sequence.Enter(SequenceState.Running);
            sequence.Admitted ??= now;
            sequence.PromptLeft = sequence.Plan.PromptTokens + sequence.Generated - sequence.CachedTokens;
            running.Add(sequence);
            sequence.NextDue = now + pace.FirstToken(running.Count);
            if (sequence.Generated == 0)
                sequence.NextDue = After(sequence.NextDue, sequence.Plan.FirstTokenDelay);
            if (sequence.Generated == 0 && sequence.Plan.StallAfter == 0)
                sequence.NextDue = After(sequence.NextDue, sequence.Plan.StallFor);
        }
    }

    // Without step time a step gives all tokens, so their blocks are taken at once: a step that found too few would admit and preempt for ever.
    int TokensToAdmit(Sequence sequence) =>
        sequence.Plan.PromptTokens + (pace.IsInstant ? sequence.Plan.AnswerTokens : sequence.Generated + 1);

    /// <summary>A step starts when the last one has taken its time and some sequence can get a token.</summary>
    long NextStepAt_NeedsLock()
    {
        var due = long.MaxValue;
        foreach (var sequence in running)
            due = Math.Min(due, sequence.NextDue);
        return due == long.MaxValue ? due : Math.Max(due, lastStep + LastStepTicks_NeedsLock());
    }

    /// <summary>What the last step took: tokens of answers together one step's time, tokens of prompts each their own.</summary>
    long LastStepTicks_NeedsLock() => (lastDecoded ? pace.Step(running.Count) : 0) + pace.Prefill(lastPrefill, running.Count);

    void Step_NeedsLock(long now)
    {
        var tokens = 0;
        var prefill = 0;
        var decoded = false;
        for (var index = 0; index < running.Count; index++)
        {
            var sequence = running[index];
            if (sequence.NextDue > now)
                continue;
            var unread = sequence.PromptLeft;
            var isForPrompt = Read_NeedsLock(sequence, ref prefill);
            tokens += unread - sequence.PromptLeft;
            if (isForPrompt)
                continue;
            decoded = true;
            var count = TokensOfStep(sequence);
            if (!Hold_NeedsLock(sequence, count, ref index))
                continue;
            tokens += count;
            metrics.Generated(sequence, count, now);
            sequence.AddTokens(count, now);
            sequence.NextDue = DueAfterToken(sequence, now);
            if (sequence.Generated < sequence.Plan.AnswerTokens)
                continue;
            End_NeedsLock(sequence, sequence.Plan.Finish);
            index--;
        }

        metrics.Stepped(tokens);
        (lastDecoded, lastPrefill) = (decoded || prefill == 0, prefill);
        pace.NextStep();
    }

    /// <summary>Reads of the prompt what the step has room for. True: that is all the sequence has of this step.</summary>
    bool Read_NeedsLock(Sequence sequence, ref int prefill)
    {
        if (sequence.PromptLeft == 0)
            return false;
        if (pace.ReadsPromptsAtOnce)
        {
            sequence.PromptLeft = 0;
            return false;
        }

        var part = Math.Min(sequence.PromptLeft, Math.Max(1, options.BatchTokens - running.Count) - prefill);
        sequence.PromptLeft -= part;
        prefill += part;
        return true;
    }

    int TokensOfStep(Sequence sequence)
    {
        if (!pace.IsInstant || sequence.Plan.TokenDelay > TimeSpan.Zero)
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
