    for (int32_t turn = 0; turn < (int32_t)sizeof turns; turn++) {
        if (take_turn[turns[turn]](&context, bench.memory)) {
            return 1;
        }
    }
