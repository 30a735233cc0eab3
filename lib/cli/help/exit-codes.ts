/** Every status the program ends with. docs/exit-codes.md has the same table; a test compares them. */
export const exitCodes: readonly { status: string; meaning: string }[] = [
  {
    status: '0',
    meaning:
      'What was asked is done. So is a test, a server or a comparison under way that a first signal ended (SIGINT, SIGTERM, ' +
      'SIGHUP): it has reported what it had, as iperf3 does since 3.19.',
  },
  {
    status: '1',
    meaning:
      'It is not done, and standard error says why: an option or value that is refused, a server that cannot be reached or ' +
      'ended the test, a network that cannot be built, a comparison with a cell that could never be measured, a finding of ' +
      'doctor that is an error, something that gc could not remove.',
  },
  {
    status: '3',
    meaning:
      'What was measured is shown to be below the limit of --fail-below. It counts more than a cell that could not be ' +
      'measured beside it.',
  },
  {
    status: '4',
    meaning:
      'What was measured does not show whether it is below the limit of --fail-below: too few runs, or too much noise. ' +
      'So does a test that was interrupted, and a comparison that was before its runs were enough. It is no pass.',
  },
  {
    status: '129, 130, 143',
    meaning:
      'SIGHUP, SIGINT or SIGTERM ended it, and nothing was reported. A first signal does where no test has begun, once ' +
      'what was built is removed: run and between while the network is made or looked at, doctor, topology up, compare ' +
      "while it tries a suite's networks, and whatever measures nothing. A second signal does at once. A shell shows 128 " +
      "and the signal's number.",
  },
  {
    status: '141',
    meaning: 'Whoever read standard output has gone, as in vnetperf ... | head: 128 and SIGPIPE, as of any program.',
  },
  {
    status: "a command's",
    meaning:
      "topology exec ends with the status of the command that it ran; 128 and the signal's number where one ended that.",
  },
];
