"""The parts of a report, a file each: a function from the facts to HTML, or None where there is nothing to say."""
