"""What is said of kinds of examples and of twins: sentences for pages and the report, in which **stars** are bold.

Each goes through `tr` there, and what is put in is made safe there.
"""

FEW_JUDGED = "Fewer than {n} examples judged: too few to divide."
ALL_ALIKE = "The examples that judged do not differ in anything that could be looked at."
NO_KIND_FAILS = "**No kind of example clearly fails more.** The differences in the table may all be chance."
KIND_FAILS = (
    "**By {name}:** it is right on {share} of those with {group}, which is worse than the others, and more than chance."
)
BY_CHANCE = (
    "In brackets: where the share may really lie (95\u00a0% sure). “By chance”: how often shuffling who was right "
    "would make the groups differ as much, corrected for having looked at {n} properties."
)
NO_TWINS_KNOWN = "This cannot be told: fewer than {n} examples taught, or what a network made of them is not kept."
MANY_TWINS = (
    "**{many} that judged are nearly twins of one that taught**, more than chance would give. The score is likely too "
    "kind: new examples will not have a twin."
)
USUAL_TWINS = (
    "**No more twins than chance gives.** {many} that judged are as much like one that taught as one in twenty of "
    "those that taught are like each other."
)
WITHOUT_TWINS = "Without these twins it is right on {right} of {n}: **{share}** ({range})."
