package dev.lina;

import static dev.lina.Helper.refuses;
import static dev.lina.Helper.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoansTest {
  private final Lina.Arena arena = Helper.arena();

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void aLoanIsUnseenUntilItIsPublishedWhole() {
    LinaArray old = arena.createArray("x", DType.F64, 2);
    arena.loan(
        "x",
        DType.F64,
        shape(3),
        next -> {
          next.copyFrom(new double[] {1, 2, 3});
          assertEquals(0, arena.array("x").getDouble(0));
          assertTrue(old.isCurrent());
          assertTrue(next.isLoan());
        });
    assertFalse(old.isCurrent());
    assertEquals(0, old.getDouble(1));
    assertEquals(3, arena.array("x").getDouble(2));
    assertEquals(2, arena.openDesc("x").generation());
    assertEquals(0, arena.info().loans());
  }

  @Test
  void aLoanMayBeTheFirstGeneration() {
    arena.loan("new", DType.I64, shape(1), Order.F, next -> next.setLong(7, 0));
    assertEquals(7, arena.array("new").getLong(0));
  }

  @Test
  void aLoanWhoseFunctionThrowsIsDiscarded() {
    IOException why = new IOException("no data");
    assertSame(
        why,
        assertThrows(
            IOException.class,
            () ->
                arena.loan(
                    "x",
                    DType.F64,
                    shape(3),
                    next -> {
                      throw why;
                    })));
    assertThrows(
        StackOverflowError.class,
        () ->
            arena.loan(
                "x",
                DType.F64,
                shape(3),
                next -> {
                  throw new StackOverflowError();
                }));
    refuses(ErrorCode.NOT_FOUND, () -> arena.array("x"));
    assertEquals(0, arena.info().loans());
    assertEquals(0, arena.info().usedBytes());
  }

  @Test
  void aLoanThatEscapedRaisesAndDoesNotTouchWhatOthersHave() {
    Loan[] escaped = new Loan[1];
    arena.loan("x", DType.F64, shape(1), next -> escaped[0] = next);
    refuses(ErrorCode.CLOSED, () -> escaped[0].setDouble(1, 0), "\"x\"", "published", "keep()");
    refuses(ErrorCode.INVALID, () -> escaped[0].publish(), "\"x\"", "published");
    assertFalse(escaped[0].isCurrent());
    escaped[0].close();
    assertEquals(0, arena.array("x").getDouble(0));
  }

  @Test
  void aLoanThatIsKeptGoesOnAsAView() {
    Loan[] kept = new Loan[1];
    arena.loan("x", DType.F64, shape(1), next -> kept[0] = next.keep());
    kept[0].setDouble(5, 0);
    assertEquals(5, arena.array("x").getDouble(0));
    assertTrue(kept[0].isCurrent());
    arena.republish("x", DType.U8, 1);
    assertFalse(kept[0].isCurrent());
    assertEquals(5, kept[0].getDouble(0));
    kept[0].close();
    refuses(ErrorCode.CLOSED, () -> kept[0].getDouble(0), "\"x\"", "closed");
  }

  @Test
  void aLoanWithoutAFunctionIsItsCallersToEnd() {
    Loan loan = arena.openLoan("x", DType.F64, shape(1), Order.C);
    loan.setDouble(2, 0);
    loan.publish();
    assertEquals(2, arena.array("x").getDouble(0));
    try (Loan other = arena.openLoan("x", DType.F64, shape(1), Order.C)) {
      assertEquals(1, arena.info().loans());
      other.setDouble(3, 0);
    }
    assertEquals(0, arena.info().loans());
    assertEquals(2, arena.array("x").getDouble(0));
    Loan discarded = arena.openLoan("x", DType.F64, shape(1), Order.C);
    discarded.discard();
    refuses(ErrorCode.INVALID, discarded::discard, "discarded");
    refuses(ErrorCode.CLOSED, () -> discarded.getDouble(0), "discarded");
  }

  @Test
  void publishingInsideTheFunctionIsEnough() {
    arena.loan("x", DType.F64, shape(1), Loan::publish);
    arena.loan("x", DType.F64, shape(1), Loan::discard);
    assertEquals(1, arena.openDesc("x").generation());
  }

  @Test
  void whenTheArenaIsClosedMeanwhileTheLoanIsGivenBack() {
    LinaException why =
        refuses(
            ErrorCode.CLOSED, () -> arena.loan("x", DType.F64, shape(1), next -> arena.close()));
    assertTrue(why.getCause() instanceof IllegalStateException);
  }

  @Test
  void republishingGivesZeroes() {
    arena.createArray("x", DType.F64, 2).setDouble(9, 0);
    arena.republish("x", DType.F64, 2);
    assertEquals(0, arena.array("x").getDouble(0));
    arena.republish("x", DType.I8, shape(2, 2), Order.F);
    assertEquals(Layout.F, arena.openDesc("x").layout());
  }
}
